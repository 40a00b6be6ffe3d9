// c10d's header includes this one and needs nothing of it.
#pragma once
