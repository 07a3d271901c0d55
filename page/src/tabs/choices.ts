// Forms that are suggested where no list of the catalogue holds them; what is wrong among what is typed, the answer says.

export const COUNTS = ["1", "2", "4", "8", "2x8", "4x8"] as const;

export const DRAFTS = ["none", "mtp=1", "ngram=4"];
