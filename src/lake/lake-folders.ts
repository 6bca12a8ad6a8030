import { literalFolder } from '../firehose-batch/object-prefix';

/** Athena writes results there; objects below it are deleted. */
export const RESULT_FOLDER = 'athena-results/';
const WIDE_FOLDER = 'wide/';
const COMPACTION_FOLDER = 'compaction/';
/** Rules and jobs delete there, so no data of a stream may lie there. */
export const RESERVED_FOLDERS = [RESULT_FOLDER, WIDE_FOLDER, COMPACTION_FOLDER];

/** Wide tables of a LakeCompaction lie there. The folder of the rows is part of it, since a bucket may have several lakes. */
export function wideFolder(prefix: string): string {
  return `${WIDE_FOLDER}${literalFolder(prefix)}`;
}

/** What a LakeCompaction has in hand lies there, and nothing of another lake in the same bucket, which the job would take for its own. */
export function compactionFolder(prefix: string): string {
  return `${COMPACTION_FOLDER}${literalFolder(prefix)}`;
}
