/** Copying to the clipboard without the clipboard permission, which the app grants to no page. */

/** Copies a text while a person's click or key is handled; false when the browser did not let it. */
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
