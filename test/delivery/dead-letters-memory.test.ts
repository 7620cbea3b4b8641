import { createMemoryDeadLetters } from '../../src/delivery/dead-letters-memory.ts';
import { deadLettersContract } from './dead-letters-contract.ts';

deadLettersContract('memory', async (clock) => createMemoryDeadLetters({ clock }));
