/* The assembler puts the catalogue into the program, so that no file must be found at run time. */
#include "phonelab/fault/fault.h"

/* clang-format off: one file per line */
#define FILES(_)                                                                                             \
	_("01-power")                                                                                        \
	_("02-boot")                                                                                         \
	_("03-voice-vlan")                                                                                   \
	_("04-dhcp")                                                                                         \
	_("05-ctl")                                                                                          \
	_("06-itl")                                                                                          \
	_("07-config")                                                                                       \
	_("08-firmware")                                                                                     \
	_("09-dial-rules")                                                                                   \
	_("10-cm-connect")                                                                                   \
	_("11-register")                                                                                     \
	_("12-locale")                                                                                       \
	_("13-softkeys")                                                                                     \
	_("14-ringtones")
/* clang-format on */

#define FILE_COUNT 14

/* Each file, followed by a NUL. */
#define ONE(name) " .incbin \"phonelab/faults/" name ".yaml\"\n .byte 0\n"

__asm__(".pushsection .rodata\n"
	"fault_texts:\n" FILES(ONE) "fault_texts_end:\n"
				    ".popsection\n");
#undef ONE

extern const char fault_texts[], fault_texts_end[];

static const char *const names[FILE_COUNT + 1] = {
#define ONE(name) "phonelab/faults/" name ".yaml",
    FILES(ONE)
#undef ONE
};

const char *fault_catalogue_text(size_t i, const char **name, size_t *length)
{
	const char *text = fault_texts;

	if (i >= FILE_COUNT)
		return NULL;
	for (size_t j = 0; j < i; j++)
		text += __builtin_strlen(text) + 1;
	*name = names[i];
	*length = __builtin_strlen(text);
	return text < fault_texts_end ? text : NULL;
}
