/** Exits with 0 where `npm ci` has something to do here: nothing is installed, or the lockfile is newer than what is. */
const { statSync } = require('node:fs');

const installed = statSync('node_modules/.package-lock.json', { throwIfNoEntry: false });
process.exit(installed && installed.mtimeMs >= statSync('package-lock.json').mtimeMs ? 1 : 0);
