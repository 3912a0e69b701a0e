import S3rver from 's3rver';

// s3rver in a process of its own: FOLDER BUCKET... It prints its port, and ends with its parent, whose pipe closes then.
const [directory = '', ...buckets] = process.argv.slice(2);
const configureBuckets = buckets.map((name) => ({ name }));
const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets });
console.log((await server.run()).port);
process.stdin.resume().on('end', () => process.exit());
