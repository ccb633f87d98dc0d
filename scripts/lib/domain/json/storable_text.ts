// What SQLite can hold as text.

const NOT_STORABLE = /[\u0000\p{Surrogate}]/gu;

/**
 * Half of a surrogate pair is no character in UTF-8, and text in SQLite ends at a NUL (sqlite.org/nulinstr.html): what the database gives
 * back would be another text.
 */
export const storable = (text: string): string => text.replaceAll(NOT_STORABLE, '\uFFFD');
