#!/bin/sh
# The Spark of Glue 5.0, in a virtual environment below .judges/.
set -e
cd "$(dirname "$0")/../../.."
python3 -m venv .judges/spark
.judges/spark/bin/python -m pip install --quiet --disable-pip-version-check pyspark==3.5.4
