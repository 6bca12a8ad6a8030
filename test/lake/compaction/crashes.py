"""Cuts a compaction off before each change of a file, and again in the run after it, and sees that no row is lost. Prints one JSON line.

crashes.py COMPACT_PY ROOT: ROOT holds folders `telemetry`, `compaction`, `wide`; the files below `telemetry` are put back before each run.
"""
import importlib.util
import json
import shutil
import sys
from pathlib import Path

script, root = sys.argv[1], Path(sys.argv[2])
spec = importlib.util.spec_from_file_location('compact', script)
compact = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compact)

DEVICE_TYPES = [{'name': 's1', 'attribute': 'device_capability_model_id', 'values': ['s1'], 'columns': [{'name': 'temp', 'type': 'double'}]}]


class Cut(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a kill."""


class CuttingFiles(compact.Files):
    """Lets a number of changes happen. Some leave a half-written file behind, as a killed process does."""
    left = None

    def _whole(self, path, put):
        if self.left == 0:
            system, place = self._at(path)
            self._put(system, self.jvm.org.apache.hadoop.fs.Path(place.getParent(), '_' + place.getName()), '{"half')
        self._count()
        super()._whole(path, put)

    def delete(self, path):
        self._count()
        super().delete(path)

    def _count(self):
        if self.left is None:
            return
        if self.left == 0:
            raise Cut()
        self.left -= 1


def run(spark, changes=None):
    files = CuttingFiles(spark)
    files.left = changes
    uri = root.resolve().as_uri()
    options = compact.options_of(['--root', f'{uri}/telemetry', '--state', f'{uri}/compaction', '--wide', f'{uri}/wide',
                                  '--device-types', json.dumps(DEVICE_TYPES), '--now', '2026-11-21T12:00:00+00:00', '--parallel', '1'])
    try:
        failed = compact.Compaction(spark, files, options).compact()
    except Cut:
        return False
    assert failed == [], failed
    return True


def content(spark, folder):
    if not list((root / folder).rglob('*.parquet')):
        return []
    return sorted(row[0] for row in spark.read.parquet(str(root / folder)).selectExpr('to_json(struct(*))').distinct().collect())


def main():
    spark = compact.session()
    spark.sparkContext.setLogLevel('ERROR')
    original = root / 'original'
    shutil.copytree(root / 'telemetry', original)
    expected = content(spark, 'telemetry')
    cuts, lost, repeated, leftovers = 0, [], [], []
    wide = None

    def begin():
        for folder in ('telemetry', 'compaction', 'wide'):
            shutil.rmtree(root / folder, ignore_errors=True)
        shutil.copytree(original, root / 'telemetry')

    begin()
    assert run(spark)
    wide = content(spark, 'wide')
    at = 0
    while True:
        begin()
        if run(spark, at):
            break
        cuts += 1
        if content(spark, 'telemetry') != expected:
            lost.append(at)
        # Cut off again in what takes up the pieces, then to the end.
        run(spark, 1)
        if content(spark, 'telemetry') != expected:
            lost.append(at)
        assert run(spark)
        if content(spark, 'telemetry') != expected or content(spark, 'wide') != wide:
            lost.append(at)
        if spark.read.parquet(str(root / 'telemetry')).count() != len(expected):
            repeated.append(at)
        leftovers += [str(path) for path in root.rglob('*') if path.is_file() and (path.parts[len(root.parts)] == 'compaction' or path.name.startswith('_compacted'))]
        at += 1
    print(json.dumps({'cuts': cuts, 'rows': len(expected), 'wide': len(wide), 'lost': lost, 'repeated': repeated, 'leftovers': leftovers}))


main()
