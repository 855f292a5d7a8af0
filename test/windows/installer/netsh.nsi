; A stand-in for Windows' netsh: appends its own command line to C:\netsh.log, as UTF-16, and succeeds.

Target amd64-unicode
Unicode true
Name "netsh"
SilentInstall silent
RequestExecutionLevel user
; It starts many times.
CRCCheck off
SetCompress off

Section
  ; On a busy machine whoever wrote before may still have the record.
  open:
    ClearErrors
    FileOpen $0 "C:\netsh.log" a
    IfErrors 0 opened
    Sleep 20
    Goto open
  opened:
  FileSeek $0 0 END
  FileWriteUTF16LE $0 "$CMDLINE$\r$\n"
  FileClose $0
SectionEnd
