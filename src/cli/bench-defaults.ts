/** What is measured where an option does not say otherwise. */
export const benchDefaults = { threads: [1, 2], steps: 300 } as const;
