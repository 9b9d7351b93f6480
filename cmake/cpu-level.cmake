# Included by cmake at each project() of llama.cpp (CMAKE_PROJECT_INCLUDE; scripts/dist.sh sets it): the CPU level of a
# binary to ship. llama-cpp-sys-2 pins armv8-a in the cache and leaves x86-64 at ggml's defaults (AVX2); a normal
# variable stands before a cache entry and before an option().
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
