#ifndef TESTS_SUPPORT_LINT_CASE_H
#define TESTS_SUPPORT_LINT_CASE_H

#include <stddef.h>

#define LINT_CASE_WORDS 16

/*
 * A folder for phonelab lint, described by a text:
 *
 *   $ lint tftpboot          the command; the folder is tftpboot, in an empty folder
 *   == NAME                  a file follows, up to the next line of this list
 *   !folder NAME             an empty folder
 *   !fifo NAME               a named pipe
 *   !link NAME TARGET        a symbolic link
 *   !pad NAME BYTES          blanks behind the file, up to that size
 *   !cut NAME BYTES          the file ends there
 *   !remove NAME             the file is not there
 *   !latin1 NAME             the file in ISO 8859-1
 *   !crlf NAME               with the line ends of Windows, and a byte order mark
 *   !load NAME PLATFORM      a .loads file and its three images
 *   !itl NAME [KEY]          a trust list that names a signer of files; KEY: of another cluster
 *   !sign NAME [KEY]         NAME.sgn, signed by that cluster
 *   !forge NAME              change one bit in the middle
 */

/* Write the files of a case to ./tftpboot, which is made. The words of its command, which point into text. */
size_t lint_case_build(char *text, char *words[LINT_CASE_WORDS]);

/* Write one file of ./tftpboot, and the folders around it. */
void lint_case_put(const char *name, const void *bytes, size_t length);

/* Remove a folder with all that is in it; links are not followed. 0, or -1 with errno. */
int lint_case_remove(const char *path);

/* Release what the cases share. */
void lint_case_end(void);

#endif
