"""Wide values of one device, as JSON: wide.py COMPACT_PY PAIRS, where PAIRS is JSON: pairs of measurement and attribute by type."""
import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location('compact', sys.argv[1])
compact = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compact)

spark = compact.session()
spark.sparkContext.setLogLevel('ERROR')
answers = {}
for kind, pairs in json.loads(sys.argv[2]).items():
    data = [(at, {} if measurement is None else {'x': float(measurement)}, {'model': 'p', **({} if attribute is None else {'x': attribute})})
            for at, (measurement, attribute) in enumerate(pairs)]
    frame = spark.createDataFrame(data, 'event_time int, measurements map<string,double>, attributes map<string,string>')
    device_type = {'name': 'p', 'attribute': 'model', 'values': ['p'], 'columns': [{'name': 'x', 'type': kind}]}
    found = compact.wide_form(frame, device_type).orderBy('event_time').collect()
    answers[kind] = [None if row['x'] is None else str(row['x']) for row in found]
print(json.dumps(answers))
