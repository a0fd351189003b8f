// A walk along a linked list in random order: the loop waits for memory.
#include "kernel.h"

enum { LENGTH = 4096 };
struct node {
  struct node *next;
  uint32_t value;
};
static struct node nodes[LENGTH];
static uint32_t order[LENGTH];

uint32_t run(uint32_t n) {
  uint32_t state = n | 1, total = 0;
  for (uint32_t i = 0; i < LENGTH; ++i) order[i] = i;
  for (uint32_t i = LENGTH - 1; i > 0; --i) {
    const uint32_t j = next_random(&state) % (i + 1), other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
  for (uint32_t i = 0; i < LENGTH; ++i) {
    nodes[order[i]].value = i;
    nodes[order[i]].next = i + 1 < LENGTH ? &nodes[order[i + 1]] : 0;
  }
  for (uint32_t round = 0; round < n; ++round) {
    for (const struct node *node = &nodes[order[0]]; node; node = node->next) total = total * 3 + node->value;
  }
  return total;
}
