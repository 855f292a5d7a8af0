; A stand-in for StdUtils.nsh: electron-builder's plugin is a 32-bit library that npm does not bring, so the four of its
; functions that the installer uses are written here in NSIS' own means. Their contracts are StdUtils'.

!include FileFunc.nsh

!define StdUtils.TestParameter '!insertmacro standInTestParameter'
!macro standInTestParameter OUT NAME
  Push $R8
  ${GetParameters} $R8
  ClearErrors
  ${GetOptions} $R8 "--${NAME}" $R8
  Pop $R8
  StrCpy ${OUT} "true"
  IfErrors 0 +2
  StrCpy ${OUT} "false"
!macroend

; NSIS cuts /D= off its own $CMDLINE; this is what Windows keeps.
!define StdUtils.GetAllParameters '!insertmacro standInGetAllParameters'
!macro standInGetAllParameters OUT TRUNCATE
  System::Call 'kernel32::GetCommandLineW() w .s'
  Pop ${OUT}
!macroend

!define StdUtils.GetParentPath '!insertmacro standInGetParentPath'
!macro standInGetParentPath OUT PATH
  ${GetParent} `${PATH}` ${OUT}
!macroend

!define StdUtils.ExecShellAsUser '!insertmacro standInExecShellAsUser'
!macro standInExecShellAsUser OUT FILE VERB ARGUMENTS
  StrCpy ${OUT} "not started: this is a stand-in"
!macroend
