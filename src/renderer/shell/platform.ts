/** What the window must know of the platform: how its control key is printed. */
export const isMac = navigator.platform.startsWith('Mac');
