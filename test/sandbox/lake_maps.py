"""Prints a JSON object for each row of a folder of Parquet files: topic, measurements, attributes."""
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.config('spark.ui.enabled', 'false').config('spark.sql.shuffle.partitions', '1').getOrCreate()
spark.sparkContext.setLogLevel('ERROR')
for row in spark.read.option('recursiveFileLookup', 'true').parquet(sys.argv[1]).select('topic', 'trace_id', 'measurements', 'attributes').toJSON().collect():
    print(f'row {row}')
