; What the Windows installer does beyond copying files: a firewall rule for this one program, so that a LAN lab does not
; ask every student for an administrator. Private and domain networks only; it goes with the program, but stays when an
; update replaces it. docs/install.md shows the same rule for a managed lab (MSI).

!macro raftlabFirewall COMMAND
  nsExec::ExecToLog '"$SYSDIR\netsh.exe" advfirewall firewall ${COMMAND}'
  Pop $0 ; The rule is a comfort: an installation goes on without it.
!macroend

; By name alone, whatever the program: an update may go into another folder, and what points at the old one has to go.
!macro raftlabRemoveRules
  !insertmacro raftlabFirewall 'delete rule name="${PRODUCT_NAME} (UDP)" dir=in'
  !insertmacro raftlabFirewall 'delete rule name="${PRODUCT_NAME} (TCP)" dir=in'
!macroend

!macro customInstall
  !insertmacro raftlabRemoveRules
  !insertmacro raftlabFirewall 'add rule name="${PRODUCT_NAME} (UDP)" dir=in action=allow protocol=UDP profile=private,domain program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" enable=yes'
  !insertmacro raftlabFirewall 'add rule name="${PRODUCT_NAME} (TCP)" dir=in action=allow protocol=TCP profile=private,domain program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" enable=yes'
!macroend

; An uninstaller goes on in a copy of itself, and Windows removes no file whose program still runs: on a busy machine the
; first one may not have ended yet, and its file and folder would stay. A minute is waited for it.
!macro raftlabRemoveUninstaller
  ${for} $R0 1 600
    ClearErrors
    Delete "$INSTDIR\${UNINSTALL_FILENAME}"
    ${ifNot} ${Errors}
      ${exitFor}
    ${endIf}
    Sleep 100
  ${next}
!macroend

; The old version's uninstaller runs within an update. It leaves the rules to the new version's customInstall: when it finds
; files busy it puts all back, and the program that stays needs its rules.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    !insertmacro raftlabRemoveRules
    !insertmacro raftlabRemoveUninstaller
  ${endIf}
!macroend
