// Writes the rows of one object as Parquet, in a thread of its own: the library is an ES module, and large objects take long.
// Its message is in src/firehose/parquet.ts.
import { parentPort, workerData } from 'worker_threads';
import { gzipSync } from 'zlib';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';

const { names, elements, rows, codec } = workerData;
const writer = new ByteWriter();
parquetWrite({
  writer,
  codec,
  compressors: { GZIP: bytes => gzipSync(bytes) },
  schema: [{ name: 'root', num_children: names.length }, ...elements],
  columnData: names.map((name, index) => ({ name, data: rows.map(row => row[index]) })),
});
parentPort.postMessage(writer.getBytes());
