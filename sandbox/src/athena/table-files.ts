import { AthenaError, projectedColumn } from './projected-column';
import { GlueTable } from '../glue';
import { ListedObject } from '../s3/bucket-store';

/** A file that a query reads, with the values of its partition. */
export interface TableFile { readonly bucket: string; readonly key: string; readonly bytes: number; readonly values: readonly string[] }
export interface TableFiles { readonly files: readonly TableFile[]; readonly note?: string }
export type ListObjects = (bucket: string, prefix: string) => Promise<readonly ListedObject[]>;

interface Place { readonly bucket: string; readonly prefix: string }
type FilesBelow = (place: Place) => Promise<Omit<TableFile, 'values'>[]>;

/**
 * The files that Athena would read of a table: those of its projected or registered partitions, or all below its location.
 *
 * @param given - values that the query gives for injected columns
 * @throws AthenaError
 */
export async function filesOf(
  table: GlueTable, given: ReadonlyMap<string, ReadonlySet<string>>, list: ListObjects, now: number,
): Promise<TableFiles> {
  const location = placeOf(table.location, table);
  const all: FilesBelow = async ({ bucket, prefix }) =>
    (await list(bucket, prefix)).filter(isRead).map(({ key, size }) => ({ bucket, key, bytes: size }));
  if (table.partitionKeys.length === 0) return { files: (await all(location)).map(file => ({ ...file, values: [] })) };
  const isProjected = table.parameters['projection.enabled']?.toLowerCase() === 'true';
  if (isProjected) return { files: await projected(table, given, all, now) };
  const files = await Promise.all(table.partitions.map(async ({ values, location: inside }) =>
    (await all(placeOf(inside, table))).map(file => ({ ...file, values }))));
  const note = `${table.databaseName}.${table.name} has partitions without projection: ${table.partitions.length} are registered, and only their files are read. `
    + 'Athena needs MSCK REPAIR TABLE or ALTER TABLE ADD PARTITION for others';
  return { files: files.flat(), note };
}

async function projected(
  table: GlueTable, given: ReadonlyMap<string, ReadonlySet<string>>, all: FilesBelow, now: number,
): Promise<TableFile[]> {
  const names = table.partitionKeys.map(({ name }) => name);
  const columns = names.map(name => projectedColumn(name, table.parameters, now));
  const values = names.map(name => given.get(name));
  names.forEach((name, at) => {
    if (columns[at].injected && !values[at]) {
      throw new AthenaError(`CONSTRAINT_VIOLATION: For the injected projected partition column ${name}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.`);
    }
  });
  const template = table.parameters['storage.location.template']
    ?? `${(table.location ?? '').replace(/\/?$/, '/')}${names.map(name => `${name}=\${${name}}`).join('/')}/`;
  const place = placeOf(template, table);
  const seen: string[] = [];
  const pattern = place.prefix.split(/(\$\{[^}]+\})/).map(part => {
    const name = /^\$\{([^}]+)\}$/.exec(part)?.[1];
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const at = names.indexOf(name);
    if (at < 0) throw new AthenaError(`storage.location.template names the column ${name}, which is not a partition key of ${table.name}`);
    if (seen.includes(name)) return `\\k<p${at}>`;
    seen.push(name);
    return `(?<p${at}>${columns[at].pattern})`;
  }).join('');
  const path = new RegExp(`^${pattern}`);
  const files = await all({ bucket: place.bucket, prefix: place.prefix.split('${')[0] });
  return files.flatMap(file => {
    const groups = path.exec(file.key)?.groups;
    const found = groups && names.map((_name, at) => groups[`p${at}`] ?? '');
    const isAsked = found?.every((value, at) => columns[at].has(value) && (!columns[at].injected || values[at]!.has(value)));
    return found && isAsked ? [{ ...file, values: found }] : [];
  });
}

/** Athena passes over what begins with an underscore or a point. */
function isRead({ key, size }: ListedObject): boolean {
  return size > 0 && !/^[._]/.test(key.slice(key.lastIndexOf('/') + 1));
}

function placeOf(location: string | undefined, { databaseName, name }: GlueTable): Place {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location ?? '') ?? [];
  if (bucket === undefined) throw new AthenaError(`${databaseName}.${name} must have a location such as s3://bucket/folder/, got ${JSON.stringify(location)}`);
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}
