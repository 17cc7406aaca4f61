#ifndef CUCM_SERVICE_DRIVER_TRACE_H
#define CUCM_SERVICE_DRIVER_TRACE_H

/* A line of a trace on standard output, in the form of CUCM's TVS and CAPF: "12:03:44.123 |   debug TEXT". No control
 * character of the text is printed. */
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
