"""Merges the small files of closed hours of a lake.

For each folder of an hour that has ended: read its files, drop the copies of messages that were delivered twice, sort by thing and time,
write few large files, and a wide file for each kind of device. S3 cannot rename, so the order of work keeps every row at every moment:

1. Outputs are written below the state folder, where no table looks.
2. A manifest that lists outputs and inputs is written, in one piece. It is the commit: before it nothing happened, after it all will.
3. Outputs are copied beside the inputs. Queries may count rows twice until the next step, and miss none.
4. Inputs are deleted, then the manifest, then the staged outputs.

A run begins by finishing every manifest that it finds, and removing staged outputs without one. A manifest that cannot be finished holds up
its own hour only: where all inputs are still there it is dropped and the hour done again, else hour and staged outputs are left to a person.
Names of outputs follow from the names of the inputs, so that a step done again writes the same file. Only one run may work on a lake at a time; the job has MaxConcurrentRuns 1.

Plain PySpark: paths are those of any Hadoop file system, `s3://` on Glue and `file://` elsewhere.
"""
import argparse
import hashlib
import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import MapType

COMPACTED = 'compacted-'
MIB = 1024 * 1024
SORT_COLUMNS = ['thing_name', 'event_time', 'arrival_time']
TIME_FIELDS = {'yyyy': ['year'], 'MM': ['month'], 'dd': ['day'], 'HH': ['hour'], 'yyyy-MM': ['year', 'month'],
               'yyyy-MM-dd': ['year', 'month', 'day'], 'yyyy-MM-dd-HH': ['year', 'month', 'day', 'hour']}


class Files:
    """Files of any file system that Hadoop knows. Every change goes through here."""

    def __init__(self, spark):
        self.jvm = spark._jvm
        self.configuration = spark._jsc.hadoopConfiguration()

    def _at(self, path):
        place = self.jvm.org.apache.hadoop.fs.Path(path)
        return place.getFileSystem(self.configuration), place

    def listing(self, folder):
        """Names, sizes and whether it is a folder; nothing for a folder that does not exist."""
        system, place = self._at(folder)
        if not system.exists(place):
            return []
        return sorted((status.getPath().getName(), status.getLen(), status.isDirectory()) for status in system.listStatus(place))

    def size(self, path):
        """Bytes of a file; None if there is none."""
        system, place = self._at(path)
        return system.getFileStatus(place).getLen() if system.exists(place) else None

    def read(self, path):
        system, place = self._at(path)
        stream = system.open(place)
        try:
            return self.jvm.org.apache.commons.io.IOUtils.toString(stream, 'UTF-8')
        finally:
            stream.close()

    def write(self, path, text):
        """A file that is there whole or not at all: S3 shows an object when it is complete, other systems rename."""
        self._whole(path, lambda system, place: self._put(system, place, text))

    def copy(self, source, target):
        source_system, source_place = self._at(source)
        self._whole(target, lambda system, place: self.jvm.org.apache.hadoop.fs.FileUtil.copy(
            source_system, source_place, system, place, False, True, self.configuration))

    def delete(self, path):
        system, place = self._at(path)
        system.delete(place, True)

    def _whole(self, path, put):
        system, place = self._at(path)
        if system.getScheme().startswith('s3'):
            put(system, place)
            return
        unfinished = self.jvm.org.apache.hadoop.fs.Path(place.getParent(), '_' + place.getName())
        put(system, unfinished)
        system.delete(place, False)
        if not system.rename(unfinished, place):
            raise OSError(f'{path} could not be written')

    @staticmethod
    def _put(system, place, text):
        stream = system.create(place, True)
        stream.write(bytearray(text, 'utf-8'))
        stream.close()


class Compaction:
    """One run over one lake."""

    def __init__(self, spark, files, options):
        self.spark, self.files, self.options = spark, files, options
        self.run = uuid.uuid4().hex
        self.device_types = json.loads(options.device_types)
        self.levels = [level.partition('=')[::2] for level in options.partitions.split(',')]

    def compact(self):
        """Works on every closed folder, and returns the folders that failed."""
        failed = self.recover()
        folders = [folder for folder in self.closed_folders() if folder not in failed]
        with ThreadPoolExecutor(max_workers=self.options.parallel) as pool:
            failed += [folder for folder, ok in zip(folders, pool.map(self.compact_folder, folders)) if not ok]
        log(folders=len(folders), failed=failed)
        return failed

    def recover(self):
        """Finishes what a run before this one had committed, removes what it had not, and returns the folders that it could not finish."""
        failed, unfinished = [], set()
        for name, _, is_folder in self.files.listing(self.options.state + 'manifests'):
            path = f'{self.options.state}manifests/{name}'
            if name[0] in '._':  # half a manifest commits nothing
                self.files.delete(path)
            if is_folder or name[0] in '._' or not name.endswith('.json'):
                continue
            log(resumed=name)
            folder = name
            try:
                manifest = json.loads(self.files.read(path))
                folder = manifest['folder']
                self.finish_or_drop(path, manifest)
            except Exception as error:  # the other hours go on, and what this one needs is kept
                log(folder=folder, manifest=name, error=f'{type(error).__name__}: {error}'[:2000])
                failed.append(folder)
                unfinished.add(name[:-len('.json')])
        self.clear_staging(unfinished)
        return failed

    def finish_or_drop(self, path, manifest):
        rows = f"{self.options.root}{manifest['folder']}"
        lost = [output['from'] for output in manifest['outputs'] if output['size'] not in (self.files.size(output['to']), self.files.size(output['from']))]
        if not lost or not all(self.files.size(name) is not None for name in manifest['inputs'] if name.startswith(rows)):
            self.finish(path, manifest)
            return
        # Nothing was deleted yet. What was copied would count rows twice when the hour is done again.
        log(folder=manifest['folder'], dropped=path, lost=lost)
        for output in manifest['outputs']:
            if output['to'] not in manifest['inputs']:
                self.files.delete(output['to'])
        self.files.delete(path)

    def clear_staging(self, unfinished):
        """Removes staged outputs, but for those of manifests that are still open."""
        staging = self.options.state + 'staging'
        for run, _, _ in self.files.listing(staging):
            digests = [digest for digest, _, _ in self.files.listing(f'{staging}/{run}')]
            for digest in digests:
                if digest not in unfinished:
                    self.files.delete(f'{staging}/{run}/{digest}')
            if unfinished.isdisjoint(digests):
                self.files.delete(f'{staging}/{run}')

    def closed_folders(self, folder='', depth=0, fields=None):
        """Folders of hours that ended a while ago, and not longer ago than the look-back."""
        fields = fields or {}
        if depth == len(self.levels):
            yield folder
            return
        name, pattern = self.levels[depth]
        for entry, _, is_folder in self.files.listing(self.options.root + folder):
            column, _, value = entry.partition('=')
            if not is_folder or column != name:
                continue
            known = {**fields, **time_fields(pattern, value)}
            if self.may_hold_closed(known, depth + 1 == len(self.levels)):
                yield from self.closed_folders(f'{folder}{entry}/', depth + 1, known)

    def may_hold_closed(self, fields, is_leaf):
        span = span_of(fields)
        if span is None:
            return not is_leaf
        start, end = span
        newest = self.options.now - timedelta(minutes=self.options.settle_minutes)
        return end >= self.options.now - timedelta(days=self.options.lookback_days) and (end if is_leaf else start) <= newest

    def compact_folder(self, folder):
        try:
            inputs = self.data_files(self.options.root + folder)
            if all(name.startswith(COMPACTED) for name, _ in inputs):
                return True
            path, manifest = self.commit(folder, inputs)
            self.finish(path, manifest)
            log(folder=folder, inputs=len(inputs), outputs=len(manifest['outputs']))
            return True
        except Exception as error:  # the other hours go on; the run fails in the end, and the next one tries again
            log(folder=folder, error=f'{type(error).__name__}: {error}'[:2000])
            return False

    def data_files(self, folder):
        return [(name, size) for name, size, is_folder in self.files.listing(folder) if not is_folder and name.endswith('.parquet') and name[0] not in '._']

    def commit(self, folder, inputs):
        """Writes outputs where no table looks, and then the manifest."""
        root, wide, state = self.options.root, self.options.wide, self.options.state
        digest = hashlib.sha256(json.dumps([folder, inputs, self.device_types]).encode()).hexdigest()[:16]
        staging = f'{state}staging/{self.run}/{digest}/'
        rows = self.distinct_rows([f'{root}{folder}{name}' for name, _ in inputs])
        parts = max(1, -(-sum(size for _, size in inputs) // (self.options.target_mib * MIB)))
        outputs = self.stage(rows, parts, f'{staging}rows/', f'{root}{folder}', digest)
        if not outputs:
            raise ValueError('no outputs were written')
        removed = [f'{root}{folder}{name}' for name, _ in inputs]
        staged = self.spark.read.parquet(f'{staging}rows/')
        for device_type in self.device_types:
            target = f"{wide}{device_type['name']}/{folder}"
            removed += [f'{target}{name}' for name, _ in self.data_files(target)]
            wide_rows = wide_form(staged, device_type)
            if wide_rows.head(1):
                outputs += self.stage(wide_rows, parts, f"{staging}wide/{device_type['name']}/", target, digest)
        manifest = {'folder': folder, 'staging': staging, 'outputs': outputs, 'inputs': removed}
        path = f'{state}manifests/{digest}.json'
        self.files.write(path, json.dumps(manifest))
        return path, manifest

    def finish(self, path, manifest):
        """From here on a run may be cut off anywhere: the next one does it again, to the same end."""
        for output in manifest['outputs']:
            if self.files.size(output['to']) != output['size']:
                self.files.copy(output['from'], output['to'])
        targets = {output['to'] for output in manifest['outputs']}
        for output in manifest['outputs']:
            if self.files.size(output['to']) != output['size']:
                raise OSError(f"{output['to']} is not what was written: no input is deleted")
        for name in manifest['inputs']:
            if name not in targets:
                self.files.delete(name)
        self.files.delete(path)
        self.files.delete(manifest['staging'])

    def distinct_rows(self, paths):
        """Rows without the copies of one message; a message of several readings has several rows, which all stay."""
        # Files of one hour may differ in columns, when one was declared in between.
        frame = self.spark.read.option('mergeSchema', 'true').parquet(*paths)
        if 'trace_id' not in frame.columns:
            return frame
        comparable = [F.array_sort(F.map_entries(field.name)) if isinstance(field.dataType, MapType) else F.col(f'`{field.name}`') for field in frame.schema]
        copy = F.when(F.col('trace_id').isNotNull(), F.xxhash64(*comparable)).otherwise(F.monotonically_increasing_id())
        return frame.withColumn('_copy', copy).dropDuplicates(['trace_id', '_copy']).drop('_copy')

    def stage(self, rows, parts, staging, target, digest):
        order = [F.col(name) for name in SORT_COLUMNS if name in rows.columns]
        spread = rows.repartition(1) if parts == 1 or not order else rows.repartitionByRange(parts, *order)
        (spread.sortWithinPartitions(*order) if order else spread).write.parquet(staging)
        return [{'from': staging + name, 'to': f'{target}{COMPACTED}{digest}-{at}.parquet', 'size': size} for at, (name, size) in enumerate(self.data_files(staging))]


def wide_form(rows, device_type):
    """A column for each measurement of a kind of device. Whole numbers that a double cannot hold stand as text among the attributes."""
    def value(column):
        name, kind = column['name'], column['type']
        measurement, attribute = F.col('measurements').getItem(name), F.col('attributes').getItem(name)
        if kind == 'string':
            return attribute
        if kind == 'boolean':
            return F.when(attribute == 'true', True).when(attribute == 'false', False)
        if kind == 'double':
            return measurement
        if kind == 'int':
            return whole(measurement, 31).cast('int')
        return F.coalesce(F.when(attribute.rlike('^-?[0-9]+$'), attribute.cast('bigint')), whole(measurement, 63).cast('bigint'))
    plain = [field.name for field in rows.schema if field.name in PLAIN_COLUMNS]
    chosen = rows.where(F.col('attributes').getItem(device_type['attribute']).isin(device_type['values']))
    return chosen.select(*plain, *[value(column).alias(column['name']) for column in device_type['columns']])


def whole(number, bits):
    """Rounded; null where it does not fit, since a cast would give the largest number that does."""
    rounded = F.round(number)
    return F.when((rounded >= -2.0 ** bits) & (rounded < 2.0 ** bits), rounded)


PLAIN_COLUMNS = ['thing_name', 'client_id', 'topic', 'device_id', 'event_time', 'arrival_time', 'trace_id']


def time_fields(pattern, value):
    names = TIME_FIELDS.get(pattern, [])
    numbers = value.split('-')
    if len(numbers) != len(names) or not all(number.isdigit() for number in numbers):
        return {}
    return dict(zip(names, map(int, numbers)))


def span_of(fields):
    """The time that a folder stands for; None where it is not known yet."""
    known = [fields[name] for name in ('year', 'month', 'day', 'hour') if name in fields]
    if 'year' not in fields or len(known) != len(fields):
        return None
    try:
        start = datetime(*(known + [1, 1][len(known) - 1:] if len(known) < 3 else known), tzinfo=timezone.utc)
    except ValueError:
        return None
    if len(known) == 1:
        return start, start.replace(year=start.year + 1)
    if len(known) == 2:
        return start, (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start, start + (timedelta(days=1) if len(known) == 3 else timedelta(hours=1))


def log(**decision):
    print(json.dumps(decision), flush=True)


def folder_path(text):
    return text if text.endswith('/') else text + '/'


def options_of(arguments):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument('--root', required=True, type=folder_path, help='folder of the rows')
    parser.add_argument('--state', required=True, type=folder_path, help='folder of what is in hand')
    parser.add_argument('--wide', required=True, type=folder_path, help='folder of the wide tables')
    parser.add_argument('--partitions', default='dt=yyyy-MM-dd,hour=HH', help='levels of folders: a name, and for time its pattern')
    parser.add_argument('--device-types', default='[]', help='JSON: name, attribute, values, columns with name and type')
    parser.add_argument('--settle-minutes', default=120, type=int, help='how long after its end an hour is closed')
    parser.add_argument('--lookback-days', default=7, type=int, help='hours that ended before that are left alone')
    parser.add_argument('--target-mib', default=128, type=int, help='about how large a file becomes')
    parser.add_argument('--parallel', default=4, type=int, help='how many folders at a time')
    parser.add_argument('--now', default=None, help='ISO 8601; for tests')
    # Glue adds arguments of its own.
    options, _ = parser.parse_known_args(arguments)
    options.now = datetime.fromisoformat(options.now) if options.now else datetime.now(timezone.utc)
    return options


def session():
    spark = (SparkSession.builder.appName('lake-compaction')
            .config('spark.sql.session.timeZone', 'UTC')
            .config('spark.sql.parquet.inferTimestampNTZ.enabled', 'false')
            # As Firehose writes timestamps; every version of Athena reads them.
            .config('spark.sql.parquet.outputTimestampType', 'INT96')
            .config('spark.sql.parquet.int96RebaseModeInRead', 'CORRECTED')
            .config('spark.sql.parquet.int96RebaseModeInWrite', 'CORRECTED')
            .config('spark.sql.parquet.datetimeRebaseModeInRead', 'CORRECTED')
            .config('spark.sql.parquet.datetimeRebaseModeInWrite', 'CORRECTED')
            .getOrCreate())
    # The default of 200 is for far more data than an hour has.
    spark.conf.set('spark.sql.shuffle.partitions', str(2 * spark.sparkContext.defaultParallelism))
    return spark


def main(arguments):
    spark = session()
    failed = Compaction(spark, Files(spark), options_of(arguments)).compact()
    if failed:
        sys.exit(f'{len(failed)} folders failed')


if __name__ == '__main__':
    main(sys.argv[1:])
