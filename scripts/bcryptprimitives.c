/* A library that Windows has and wine has only from 8.2 on: Rust's standard library takes its random numbers from it. For
 * scripts/windows-test.sh alone. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) { return RtlGenRandom(bytes, (ULONG)count); }
