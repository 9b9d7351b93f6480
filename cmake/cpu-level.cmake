# Included by cmake at each project() of llama.cpp (CMAKE_PROJECT_INCLUDE; scripts/dist.sh sets it): the CPU level of a
# binary to ship. llama-cpp-sys-2 pins armv8-a in the cache and leaves x86-64 at ggml's defaults (AVX2); a normal
# variable stands before a cache entry and before an option().
include("${CMAKE_CURRENT_LIST_DIR}/engine.cmake")
if(NOT "$ENV{DENSIMETER_ARM_ARCH}" STREQUAL "")
    set(GGML_CPU_ARM_ARCH "$ENV{DENSIMETER_ARM_ARCH}")
endif()
if(NOT "$ENV{DENSIMETER_ARM_FPU}" STREQUAL "")
    add_compile_options("-mfpu=$ENV{DENSIMETER_ARM_FPU}")
endif()
foreach(switch IN ITEMS $ENV{DENSIMETER_X86_ON})
    set(GGML_${switch} ON)
endforeach()
foreach(switch IN ITEMS $ENV{DENSIMETER_X86_OFF})
    set(GGML_${switch} OFF)
endforeach()

# Small in what is not timed, as the profile `dist` is for the Rust libraries: the kernels (ggml) keep cmake's -O3; what
# reads files, splits text and lays out a graph does not need it, and is half of the engine's code.
function(densimeter_small)
    if(TARGET llama)
        target_compile_options(llama PRIVATE -Os)
    endif()
    # Graphs, back ends and the quantiser, which no speed is measured of; the kernels are ggml-cpu. Its C has no exceptions to
    # unwind for.
    if(TARGET ggml-base)
        target_compile_options(ggml-base PRIVATE -O2 $<$<COMPILE_LANGUAGE:C>:-fno-asynchronous-unwind-tables>)
    endif()
    if(TARGET ggml-cpu)
        target_compile_options(ggml-cpu PRIVATE $<$<COMPILE_LANGUAGE:C>:-fno-asynchronous-unwind-tables>)
    endif()
endfunction()
if(PROJECT_NAME STREQUAL "llama.cpp")
    cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL densimeter_small)
endif()
