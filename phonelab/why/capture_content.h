#ifndef PHONELAB_WHY_CAPTURE_CONTENT_H
#define PHONELAB_WHY_CAPTURE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compare the first octets of a file with its name. found: "gzip data", "an HTML page", "text that is not XML"; "" if they
 * fit the name, or if the name is of no known kind. chunked: a line with the size of a chunk may precede (RFC 9112 7.1). */
void capture_content_find(const char *file, const uint8_t *data, size_t size, bool chunked, char *found,
			  size_t room);

/* What is expected in a file of that name: "XML", "a signed file". */
const char *capture_content_expected(const char *file);

#endif
