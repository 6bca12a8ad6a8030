// Writes the rows of one object as Parquet, in a thread of its own: the library is an ES module, and large objects take long.
// Its message is in src/firehose/parquet.ts.
import { parentPort, workerData } from 'worker_threads';
import { gzipSync } from 'zlib';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';

const { columns, rows, codec } = workerData;
const writer = new ByteWriter();
parquetWrite({
  writer,
  codec,
  compressors: { GZIP: bytes => gzipSync(bytes) },
  schema: [{ name: 'root', num_children: columns.length }, ...columns.map(({ name, ...element }) => ({ name, repetition_type: 'OPTIONAL', ...element }))],
  columnData: columns.map(({ name }, index) => ({ name, data: rows.map(row => row[index]) })),
});
parentPort.postMessage(writer.getBytes());
