import sharp from 'sharp';

// Thousands of small pictures, each decoded once: nothing of one helps the next, and the parallelism is that of several pictures at once.
sharp.cache(false);
sharp.concurrency(1);

/** libvips, set up for many small pictures. */
export { sharp };
