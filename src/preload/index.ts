// The bridge between the main process and the window: nothing crosses it yet.
export {};
