import { createMemoryDeadLetters } from '../../lab/memory/dead-letters.ts';
import { deadLettersContract } from './register-dead-letters-tests.ts';

deadLettersContract('memory', async (clock) => createMemoryDeadLetters({ clock }));
