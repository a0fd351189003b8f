// The product of two 64x64 matrices: three counted loops in each other.
#include "kernel.h"

enum { N = 64 };
static uint32_t a[N][N], b[N][N], c[N][N];

uint32_t run(uint32_t n) {
  uint32_t state = n | 1;
  for (int i = 0; i < N; ++i) {
    for (int j = 0; j < N; ++j) {
      a[i][j] = next_random(&state);
      b[i][j] = next_random(&state);
    }
  }
  for (uint32_t round = 0; round < n; ++round) {
    for (int i = 0; i < N; ++i) {
      for (int j = 0; j < N; ++j) {
        uint32_t sum = 0;
        for (int k = 0; k < N; ++k) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
    }
    a[round % N][round / N % N] = c[round % N][0];
  }
  uint32_t total = 0;
  for (int i = 0; i < N; ++i) {
    for (int j = 0; j < N; ++j) total = total * 31 + c[i][j];
  }
  return total;
}
