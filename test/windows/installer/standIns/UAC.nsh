; A stand-in for UAC.nsh: Wine's user is an administrator, and no other process has raised this one's rights.

!ifndef UAC_STAND_IN
!define UAC_STAND_IN
!include LogicLib.nsh

!define UAC_IsAdmin `"" UAC_IsAdmin ""`
!macro _UAC_IsAdmin _a _b _t _f
  StrCmp 1 1 `${_t}` `${_f}`
!macroend

!define UAC_IsInnerInstance `"" UAC_IsInnerInstance ""`
!macro _UAC_IsInnerInstance _a _b _t _f
  StrCmp 1 0 `${_t}` `${_f}`
!macroend

!macro UAC_RunElevated
  Abort "Not raised: this is a stand-in"
!macroend
!endif
