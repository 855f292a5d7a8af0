/** Copies to the clipboard without the clipboard permission, which the app never grants. */

/** Copies a text while a click or key press is handled; false when the browser refused. */
export function copyText(text: string): boolean {
  let copied = false;
  const answerCopy = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    event.stopImmediatePropagation();
    copied = true;
  };
  document.addEventListener('copy', answerCopy, { capture: true });
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- navigator.clipboard is denied (src/main/security.ts)
    document.execCommand('copy');
  } finally {
    document.removeEventListener('copy', answerCopy, { capture: true });
  }
  return copied;
}
