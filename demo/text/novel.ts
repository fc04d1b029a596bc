// Moby-Dick as one text: the 135 chapters, each under its heading. A pure function of the package's chapters,
// so that the page and the benches read the very same text.

export interface Chapter {
  readonly chapter: string;
  readonly title: string;
  readonly text: string;
}

/** The number of chapters, without contents, etymology, extracts and epilogue. */
export const chapterCount = 135;

/** Joins chapters, in the order given, into 1,189,653 characters of 81 symbols. */
export function novelOf(chapters: readonly Chapter[]): string {
  return chapters.map(({ chapter, title, text }) => `CHAPTER ${chapter}. ${title}\n\n${text}\n`).join("");
}
