; electron-builder's installer, compiled by Debian's makensis: its templates with build/installer.nsh in between, in the
; order of NsisTarget.js. What differs from a release: it is a 64-bit program, as Debian's Wine runs no others, and
; stand-ins take the place of electron-builder's 32-bit plugins. compile.ts gives the definitions.

Target amd64-unicode
ManifestSupportedOS all
; The branch for a 32-bit Windows is never taken in a 64-bit program. Every other warning is an error, as in a release.
!pragma warning disable 6012

!addincludedir "${STAND_INS}"
!addincludedir "${TEMPLATES}/include"
!addincludedir "${BUILD_RESOURCES_DIR}"

!include StdUtils.nsh
!include "${GENERATED_HEADER}"

!macro addLangs
  !insertmacro MUI_LANGUAGE "English"
!macroend

; electron-builder asks PowerShell whether the app is running. Wine's PowerShell answers everything with yes.
!macro customCheckAppRunning
!macroend

!include "${BUILD_RESOURCES_DIR}/installer.nsh"
!include "installer.nsi"
