/** What dragged samples carry: their index. */
export const sampleType = "application/x-fovea-sample";
