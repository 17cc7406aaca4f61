#include "cucm-service/core/ris.h"

#include <string.h>

#include "base/markup.h"

/* The assembler puts the file into the program. ADDRESS in it is replaced. */
__asm__(".pushsection .rodata\n"
	"ris_wsdl_begin:\n"
	".incbin \"cucm-service/core/ris.wsdl\"\n"
	".byte 0\n"
	".popsection\n");
extern const char ris_wsdl_begin[];

void ris_wsdl(const char *address, struct text *text)
{
	static const char mark[] = "ADDRESS";
	const char *at = strstr(ris_wsdl_begin, mark);

	if (!at)
		return;
	text_add_bytes(text, ris_wsdl_begin, (size_t)(at - ris_wsdl_begin));
	markup_add(text, "%s", address);
	text_add(text, "%s", at + strlen(mark));
}
