/** Athena writes results there; objects below it are deleted. */
export const RESULT_FOLDER = 'athena-results/';
/** Wide tables of a LakeCompaction lie there. */
export const WIDE_FOLDER = 'wide/';
/** What a LakeCompaction has in hand lies there. */
export const COMPACTION_FOLDER = 'compaction/';
