/** The window's few icons: strokes on a 16-unit square, drawn for this app. */
export const ICONS = {
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  chevronDown: 'M4.5 6.5L8 10l3.5-3.5',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M10.3 10.3L13.5 13.5',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 0 1 0-5.6M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6'
    + 'M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1',
  moon: 'M13.2 9.8A5.6 5.6 0 0 1 6.2 2.8a5.6 5.6 0 1 0 7 7z',
  panelRight: 'M2.5 3h11v10h-11zM10 3v10',
  more: 'M3 8a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M7.5 8a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M12 8a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0',
  plus: 'M8 3v10M3 8h10',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9',
  warning: 'M8 2.2L14.3 13.3H1.7zM8 6.5v3.2M8 11.3v.4',
  info: 'M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12M8 7.3v3.9M8 4.8v.4',
  expand: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  play: 'M5 3.2l7.5 4.8L5 12.8z',
  hold: 'M5.5 3.5v9M10.5 3.5v9',
  stepOn: 'M4 3.5L10 8l-6 4.5zM12.5 3.5v9',
  stepBack: 'M12 3.5L6 8l6 4.5zM3.5 3.5v9',
  branch: 'M4 2.5v11M4 9c4 0 7-1 7-5M9.5 5.500L11 3.500l1.500 2',
  network: 'M6 2h4v3.5H6zM2 10.5h4V14H2zM10 10.5h4V14h-4zM8 5.5V8M4 10.5V8h8v2.5',
  question: 'M5.8 6.2a2.2 2.2 0 1 1 3.3 1.9c-.8.45-1.1.9-1.1 1.7M8 11.9v.4',
} as const satisfies Readonly<Record<string, string>>;

export type IconName = keyof typeof ICONS;
