/** The views of the page, in the order of its menu. Each is a folder `browser/views/NAME` with its HTML, style and script. */
export const viewNames = ['machines', 'live', 'people', 'history', 'health', 'scene'] as const;
export type ViewName = (typeof viewNames)[number];
