#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in microseconds. For drivers only: cores are given the time. */
uint64_t clock_now_us(void);

#endif
