/** A worker entry that ends by an error that nobody catches. */
throw new Error('something that nobody expected');
