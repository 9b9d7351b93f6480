//! llama.cpp behind the engine traits: the only file that names llama-cpp-2.
