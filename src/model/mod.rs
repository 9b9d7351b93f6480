//! Models as data: the catalogue, GGUF headers, published releases, fetching.
