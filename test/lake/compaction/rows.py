"""Makes files as a stream leaves them, or tells what is in them.

rows.py make FOLDER MESSAGES FILES: every tenth message twice, in another file; one in a thousand without a trace id.
rows.py tell FOLDER...: for each, as JSON: files, rows, distinct rows, and a sum over the distinct rows that no order changes.
"""
import json
import sys
from glob import glob

from pyspark.sql import SparkSession, functions as F

spark = (SparkSession.builder.appName('rows').config('spark.sql.session.timeZone', 'UTC').config('spark.ui.enabled', 'false')
         .config('spark.sql.shuffle.partitions', '8').getOrCreate())
spark.sparkContext.setLogLevel('ERROR')


def make(folder, messages, files):
    hours = 4
    unique = spark.range(messages).selectExpr(
        "id % 4 AS part", "concat('thing-', id % 50) AS thing_name", "'c' AS client_id", "'data/x' AS topic", "concat('dev-', id % 500) AS device_id",
        "timestamp_seconds(1795219200 + id % 3600) AS event_time", "timestamp_seconds(1795219200 + id % 3600) AS arrival_time",
        "if(id % 1000 = 0, null, concat('trace-', id)) AS trace_id", "map('temp', id / 7D, 'big', cast(id + 9007199254740993L AS double)) AS measurements",
        "map('big', cast(id + 9007199254740993L AS string), 'device_capability_model_id', if(id % 2 = 0, 's1', 's2')) AS attributes")
    copies = unique.where("trace_id is not null and cast(substr(trace_id, 7) AS bigint) % 10 = 1")
    every = unique.unionByName(copies)
    for hour in range(hours):
        every.where(F.col('part') == hour).drop('part').repartition(files).write.option('compression', 'snappy').parquet(f'{folder}/dt=2026-11-21/hour={hour:02d}')


def tell(folder):
    files = glob(f'{folder}/**/*.parquet', recursive=True)
    if not files:
        return {'files': 0, 'rows': 0, 'distinct': 0, 'sum': '0'}
    rows = spark.read.option('mergeSchema', 'true').option('basePath', folder).parquet(*files)
    # Rows without a trace id are all meant, so they count one by one.
    text = rows.select(F.to_json(F.struct(*sorted(rows.columns))).alias('text'), F.col('trace_id'))
    distinct = text.where('trace_id is not null').distinct().unionByName(text.where('trace_id is null'))
    total = distinct.select(F.count('*'), F.sum(F.xxhash64('text').cast('decimal(38,0)'))).first()
    return {'files': len(files), 'rows': rows.count(), 'distinct': total[0], 'sum': str(total[1])}


if sys.argv[1] == 'make':
    make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    print(json.dumps([tell(folder) for folder in sys.argv[2:]]))
