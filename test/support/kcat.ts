/** Whether kcat is installed, without which tests of the Kafka protocol are skipped. */
import { isKcatInstalled } from '../../lab/kafka-broker.ts';

export const hasKcat: boolean = isKcatInstalled();
if (!hasKcat) console.warn('kcat is missing: apt-get install kcat. The Kafka protocol is not tested.');
