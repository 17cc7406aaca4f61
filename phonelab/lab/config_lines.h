#ifndef PHONELAB_LAB_CONFIG_LINES_H
#define PHONELAB_LAB_CONFIG_LINES_H

#include <jansson.h>

/*
 * The set of lines of a switch's running configuration or of another configuration of sections: "SECTION: LINE" with single
 * blanks, or "LINE" if it is in no section. The section of an indented line is the last line before it that is not indented.
 * Comments, empty lines and the head of the output are left out. The value of each is a list of the section and the line. New
 * reference.
 */
json_t *config_lines(const char *text);

#endif
