# Included by cmake at each project() of llama.cpp (CMAKE_PROJECT_INCLUDE, from .cargo/config.toml): what every build of the engine
# leaves out. llama-cpp-2 asks for llama-cpp-sys-2 with its default features and so for llama.cpp's `common`, the helpers of its own
# programs, with an HTTP library: 54 of 128 files, and nothing here calls them. A normal variable stands before the cache entry
# that the build script makes.
set(LLAMA_BUILD_COMMON OFF)
