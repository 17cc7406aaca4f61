/* The assembler puts the file into the program, so that it never has to be looked for. */
#include "cucm/kamailio_template.h"

__asm__(".pushsection .rodata\n"
	"kamailio_template_begin:\n"
	".incbin \"cucm/kamailio.cfg\"\n"
	"kamailio_template_end:\n"
	".popsection\n");

extern const char kamailio_template_begin[], kamailio_template_end[];

const char *kamailio_template(size_t *size)
{
	*size = (size_t)(kamailio_template_end - kamailio_template_begin);
	return kamailio_template_begin;
}
