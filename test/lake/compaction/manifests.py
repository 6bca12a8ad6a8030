"""Leaves every hour committed and not finished, breaks the staged outputs of some, and sees what the next runs make of it. Prints one JSON line.

manifests.py COMPACT_PY ROOT: ROOT holds `telemetry` with four hours.
"""
import importlib.util
import json
import shutil
import sys
from pathlib import Path

script, root = sys.argv[1], Path(sys.argv[2]).resolve()
spec = importlib.util.spec_from_file_location('compact', script)
compact = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compact)

DEVICE_TYPES = [{'name': 's1', 'attribute': 'device_capability_model_id', 'values': ['s1'], 'columns': [{'name': 'temp', 'type': 'double'}]}]


class Committing(compact.Compaction):
    """Stops after the manifest of each hour."""

    def finish(self, path, manifest):
        raise OSError('S3 is away')


def run(spark, kind=compact.Compaction):
    uri = root.as_uri()
    options = compact.options_of(['--root', f'{uri}/telemetry', '--state', f'{uri}/compaction', '--wide', f'{uri}/wide',
                                  '--device-types', json.dumps(DEVICE_TYPES), '--now', '2026-11-21T12:00:00+00:00', '--parallel', '1'])
    return kind(spark, compact.Files(spark), options).compact()


def rows(spark, hour):
    frame = spark.read.parquet(str(root / f'telemetry/dt=2026-11-21/hour={hour:02d}')).selectExpr('to_json(struct(*)) AS text')
    return frame.count(), sorted(row[0] for row in frame.distinct().collect())


def manifest_of(hour):
    for path in (root / 'compaction/manifests').glob('[0-9a-f]*.json'):
        manifest = json.loads(path.read_text())
        if manifest['folder'].endswith(f'hour={hour:02d}/'):
            return manifest
    return None


def local(uri):
    return Path(uri.removeprefix('file://'))


def main():
    spark = compact.session()
    spark.sparkContext.setLogLevel('ERROR')
    expected = [rows(spark, hour)[1] for hour in range(4)]
    committed = run(spark, Committing)
    manifests = [manifest_of(hour) for hour in range(4)]
    # Staged rows are gone, all inputs are there.
    local(manifests[0]['outputs'][0]['from']).unlink()
    # The same, and one input was deleted already.
    kept = root / 'kept.parquet'
    shutil.move(local(manifests[1]['outputs'][0]['from']), kept)
    local(manifests[1]['inputs'][0]).unlink()
    # Rows were copied, and then what was staged is gone.
    shutil.copy(local(manifests[2]['outputs'][0]['from']), local(manifests[2]['outputs'][0]['to']))
    shutil.rmtree(local(manifests[2]['staging']))
    failed = run(spark)
    after = [rows(spark, hour) for hour in range(4)]
    still_open = [hour for hour in range(4) if manifest_of(hour)]
    staged = [str(path.relative_to(root / 'compaction/staging')) for path in (root / 'compaction/staging').rglob('*.parquet')]
    expected_staged = [str(local(output['from']).relative_to(root / 'compaction/staging')) for output in manifests[1]['outputs'][1:]]
    # Somebody brings it back from an old version.
    shutil.move(kept, local(manifests[1]['outputs'][0]['from']))
    mended = run(spark)
    print(json.dumps({
        'committed': committed, 'failed': failed, 'open': still_open, 'staging_kept': staged == expected_staged,
        'same': [hour for hour in (0, 2, 3) if after[hour] == (len(expected[hour]), expected[hour])],
        'mended': mended, 'all_the_same': [rows(spark, hour) == (len(expected[hour]), expected[hour]) for hour in range(4)],
        'leftovers': [str(path) for path in (root / 'compaction').rglob('*') if path.is_file()],
    }))


main()
