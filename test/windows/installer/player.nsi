; Plays C:\steps.txt, a UTF-16 file: on one line a command, which is run to its end, on the next a file. After each
; command its exit code, and whether the file is there, follow in the record of netsh's stand-in. One program for all
; steps, because Wine takes seconds to start.

Target amd64-unicode
Unicode true
Name "player"
SilentInstall silent
RequestExecutionLevel user

Section
  FileOpen $0 "C:\steps.txt" r
  next:
    ClearErrors
    FileReadUTF16LE $0 $1
    FileReadUTF16LE $0 $2
    IfErrors end
    StrCpy $1 $1 -2
    StrCpy $2 $2 -2
    StrCpy $3 "not started"
    ExecWait $1 $3
    StrCpy $4 "missing"
    IfFileExists $2 0 +2
    StrCpy $4 "there"
    openRecord:
      ClearErrors
      FileOpen $5 "C:\netsh.log" a
      IfErrors 0 recordOpened
      Sleep 20
      Goto openRecord
    recordOpened:
    FileSeek $5 0 END
    FileWriteUTF16LE $5 "exit code $3, $4$\r$\n"
    FileClose $5
    Goto next
  end:
  FileClose $0
SectionEnd
